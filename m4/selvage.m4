dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl The compiler flags of selvage, each group in a macro of its own.

dnl SELVAGE_ENABLE(NAME, DEFAULT, WHAT): a yes/no option; WHAT describes the choice that is not the default.
AC_DEFUN([SELVAGE_ENABLE],
	[AC_ARG_ENABLE([$1], [AS_HELP_STRING([m4_if([$2], [yes], [--disable-$1], [--enable-$1])], [$3])],
		[AS_CASE([$enableval], [yes|no], [], [AC_MSG_ERROR([--enable-$1 takes yes or no])])],
		[enable_$1=$2])])

dnl SELVAGE_TRY_FLAG(FLAG): adds it to SELVAGE_CFLAGS if the compiler takes it without a word.
AC_DEFUN([SELVAGE_TRY_FLAG], [
	AC_MSG_CHECKING([whether $CC takes $1])
	selvage_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
		[AC_MSG_RESULT([yes]); SELVAGE_CFLAGS="$SELVAGE_CFLAGS $1"],
		[AC_MSG_RESULT([no])])
	CFLAGS=$selvage_saved_cflags
])

AC_DEFUN([SELVAGE_WARNINGS], [
	SELVAGE_CPPFLAGS="-D_GNU_SOURCE"
	SELVAGE_CFLAGS="-std=gnu17"
	SELVAGE_LDFLAGS=
	m4_foreach_w([selvage_flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
		-Wcast-qual -Wwrite-strings -Wswitch-enum -Wvla -Wformat=2 -Wconversion -Wundef -Wnull-dereference],
		[SELVAGE_TRY_FLAG(selvage_flag)])
])

AC_DEFUN([SELVAGE_SANITIZERS], [
	SELVAGE_CFLAGS="$SELVAGE_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
	SELVAGE_LDFLAGS="$SELVAGE_LDFLAGS -fsanitize=address,undefined"
])

dnl Distributions may define _FORTIFY_SOURCE themselves, so ours replaces theirs; it needs an optimising compiler.
AC_DEFUN([SELVAGE_HARDENING], [
	AS_CASE([" $CFLAGS "], [*" -O0 "*], [],
		[*" -O"*], [SELVAGE_CPPFLAGS="$SELVAGE_CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
	SELVAGE_CFLAGS="$SELVAGE_CFLAGS -fstack-protector-strong -fPIE"
	SELVAGE_LDFLAGS="$SELVAGE_LDFLAGS -pie -Wl,-z,relro,-z,now"
])
