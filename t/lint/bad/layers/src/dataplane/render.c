/* Libraries that belong to others. */
#include <libnftnl/rule.h>
#include <nftables/libnftables.h>
#include "../compile/compile.h"
