# question: center
# status: error
# says: Error
# Source that takes the compiler's stack.
exec("x = " + "-" * 3_000_000 + "1")
