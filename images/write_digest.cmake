# cmake -DFILE=in -DDIGEST=out -P write_digest.cmake: the sha256 of a file, in hex and without a newline.
file(SHA256 ${FILE} digest)
file(WRITE ${DIGEST} ${digest})
