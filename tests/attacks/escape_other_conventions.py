# attack: make system calls by other conventions (x32, int 0x80)
# verdict: not passed
# side: tests
import ctypes
import mmap
import platform

if platform.machine() != "x86_64":
    raise SystemExit("only there")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
if libc.syscall(ctypes.c_long(0x40000000 + 57)) >= 0:  # fork, as x32 has it
    print("ESCAPED x32")
code = bytes.fromhex("b802000000cd80c3")  # mov eax, 2 (fork); int 0x80; ret
page = mmap.mmap(-1, 4096, prot=7)
page.write(code)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
if ctypes.CFUNCTYPE(ctypes.c_int)(address)() >= 0:
    print("ESCAPED int 0x80")


def test_ok():
    assert True
