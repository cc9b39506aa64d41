#include "build.h"

#if !defined(DEADSTOP_BUILD)
#define DEADSTOP_BUILD "arduino-ide"  // the Makefile puts a digest of the sources here
#endif

namespace build {
namespace {

constexpr char kName[] = DEADSTOP_BUILD;
static_assert(sizeof kName <= 17, "the build's name is too long");

}  // namespace

const char* name() { return kName; }

}  // namespace build
