#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "manual/markdown_page.hh"

using namespace rootlayer;
using namespace rootlayer::manual;

TEST_CASE("a document becomes a page") {
    const auto page = markdownPage(R"(# Title

A `--flag`, see [the guide](guide.md)
and more.

## Part one

* an item
  of two lines
* another

    example --x
      indented

    after a blank line

End.
)",
                                   "tool-file", 5, "files", "1");
    CHECK(page.starts_with(".TH \"TOOL\\-FILE\" 5 "));
    CHECK(page.ends_with(R"(.SH NAME
tool\-file \- files
.SH DESCRIPTION
A \fB\-\-flag\fR, see the guide
and more.
.SH PART ONE
.IP \(bu 2
an item
of two lines
.IP \(bu 2
another
.PP
.RS 4
.nf
example \-\-x
  indented

after a blank line
.fi
.RE
.PP
End.
.SH SEE ALSO
.BR rootlayer (1)
)"));
}

TEST_CASE("a document without a heading is refused") {
    CHECK_THROWS_AS(markdownPage("text\n", "x", 5, "y", "1"), Error);
}
