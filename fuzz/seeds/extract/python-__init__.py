himport os
import xml.etree.ElementTree
import numpy as np, a.b.c as abc
from . import refund
from .refund import Refund as R, create
from .. import settings
from ...core.db import (
    session,
    engine as db_engine,
)
from .models import *
from __future__ import division

try:
    import simplejson as json
except ImportError:
    import json

__all__ = ["Refund", "create"]
__all__ += ["late"]


def lazy():
    from .tasks import run
    import concurrent.futures
    if isinstance(run, str):
        from .other import text
    return run(text)


def setup():
    global backend
    import backends.redis as backend
    backend.connect()
