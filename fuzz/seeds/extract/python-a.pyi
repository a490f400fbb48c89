-from .models import User as User

class Api:
    token: str
    def get(self, path: str) -> User: ...

def connect(url: str) -> Api: ...
