from tests.rules.draw import Samples
S = Samples()
