# Makes one test file of the ```cpp blocks of the chapters: includes first, then a test case per block.
FNR == 1 { block = 0 }
/^```cpp/ { inside = 1; block += 1; cases[++n] = FILENAME ", block " block; next }
/^```/ { inside = 0; next }
inside && /^#include/ { if (!($0 in seen)) { seen[$0] = 1; includes = includes $0 "\n" } next }
inside { body[n] = body[n] $0 "\n" }
END {
  printf "#include <doctest/doctest.h>\n\n%s\nusing namespace dact;\n\n", includes
  for (i = 1; i <= n; ++i) {
    sub(".*/", "", cases[i])
    printf "TEST_CASE(\"chapter code %d\") {\n%s}\n\n", i, body[i]
  }
}
