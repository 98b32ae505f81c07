# attack: return something that equals everything
# verdict: not passed, but it is: forgeable
# side: solution
class Agreeable:
    def __eq__(self, other):
        return True

    __hash__ = None


def f(x):
    return Agreeable()
