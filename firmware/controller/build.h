// The name of this build, which `hello` and `boot` tell.
#pragma once

namespace build {

// Letters a-z, digits and '-'; at most 16, or a line may not fit.
const char* name();

}  // namespace build
