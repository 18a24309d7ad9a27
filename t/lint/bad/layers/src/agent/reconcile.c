/* Two middle rooms, and may. */
#include <selvage/compile.h>
#include <selvage/decode.h>
