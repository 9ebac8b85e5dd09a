// In place of host/network/helper_blob.S: a helper that does what a test says. $2 is the pipe for records, $3
// the run's directory.
#ifdef __CET__
#include <cet.h>
#endif
    .section .rodata
    .global rootlayerHelperStart, rootlayerHelperEnd
    .hidden rootlayerHelperStart, rootlayerHelperEnd
rootlayerHelperStart:
    .ascii "#!/bin/sh\necho $$ >$3/pid\nexec 5>/proc/self/fd/$2\n. $3/behaviour\n"
rootlayerHelperEnd:
    .section .note.GNU-stack, "", @progbits
