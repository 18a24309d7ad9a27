# SPDX-License-Identifier: GPL-2.0-or-later
# Writes files as C strings, {name, text} each, in the order in which they are given:
#
#	awk -v header=HEADER -v type=TYPE -v array=NAME -f texts.awk FILE...
#
# The name is the file's, without .yaml.

BEGIN {
	print "#include \"" header "\""
	print "const struct " type " " array "[] = {"
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
	gsub(/\\/, "&&")
	gsub(/["?]/, "\\\\&")
	print "\"" $0 "\\n\""
}

END {
	print "},\n{0, 0}};"
}
