# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the ready policies as C strings (policy_texts.h), in the order in which their files are given.

BEGIN {
	print "#include \"src/cli/policy_texts.h\""
	print "const struct policy_text policy_texts[] = {"
}

FNR == 1 {
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/[.]yaml$/, "", name)
	if (NR > 1)
		print "},"
	print "{\"" name "\","
}

{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\"" $0 "\\n\""
}

END {
	print "},\n{0, 0}};"
}
