/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which format are findings written? */
#include <stdlib.h>

#include <selvage/json_print.h>

#include "findings_priv.h"

int findings_write(const struct findings_report *report, const struct table_form *form, FILE *out, struct err *err)
{
	switch (form->format) {
	case FORMAT_TABLE:
	case FORMAT_WIDE:
	case FORMAT_CSV:
	case FORMAT_MD:
		findings_table(report, form, out);
		break;
	case FORMAT_JSON:
	case FORMAT_YAML:
		return json_print(findings_json(report), form->format, out, err);
	case FORMAT_SARIF:
		return json_print(findings_sarif(report), FORMAT_JSON, out, err);
	case FORMAT_JUNIT:
		findings_junit(report, out);
		break;
	case FORMAT_GITHUB:
		findings_github(report, out);
		break;
	case FORMAT_DOT:
	case FORMAT_MERMAID:
	case FORMAT_HTML:
	case FORMAT_COUNT:
		abort();
	}
	return ferror(out) ? err_set(err, ERR_IO, "cannot write the findings") : 0;
}
