"""Which packages a Python action imports that OpenWhisk's images do not contain.

The playground runs an action in an environment of this machine, which may contain more than the
images do. The action then works here and fails there.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

# The modules of the distributions in OpenWhisk's Python images (``whisk/runtime_images.py``) and of
# those that they depend on.
_IN_IMAGES = frozenset(
    (
        *("bs4", "dateutil", "httplib2", "kafka", "lxml", "netifaces", "requests", "scrapy"),
        *("simplejson", "twisted", "virtualenv"),
        *("_distutils_hack", "attr", "attrs", "automat", "certifi", "cffi", "chardet"),
        *("charset_normalizer", "constantly", "cryptography", "cssselect", "defusedxml", "distlib"),
        *("filelock", "hyperlink", "idna", "incremental", "itemadapter", "itemloaders", "jmespath"),
        *("OpenSSL", "packaging", "parsel", "pip", "pkg_resources", "platformdirs", "protego"),
        *("pyasn1", "pyasn1_modules", "pycparser", "pydispatch", "pyparsing", "queuelib"),
        *("requests_file", "service_identity", "setuptools", "six", "soupsieve", "tldextract"),
        *("typing_extensions", "urllib3", "w3lib", "wheel", "zope"),
    )
)
# Modules of the standard library that a newer Python no longer has.
_REMOVED = frozenset(("asynchat", "asyncore", "distutils", "imp", "smtpd"))
_KNOWN = _IN_IMAGES | _REMOVED | sys.stdlib_module_names

_ENTRY = "__main__.py"
# Most actions import no such package. Searching for lines is much faster than parsing the code.
_IMPORT = re.compile(rb"^(?:from[ \t]+([A-Za-z_]\w*)|import[ \t]+([^\n]*))", re.MULTILINE)
_MAX_BYTES = 1 << 18


def packages_beyond_openwhisk(directory: Path) -> tuple[str, ...]:
    """Return the packages that an action imports when it starts and OpenWhisk's images lack.

    Only statements at the top level of ``__main__.py`` count, because others may be optional. Files
    of more than 256 kB are not searched. This function blocks.
    """
    path = directory / _ENTRY
    try:
        if path.stat().st_size > _MAX_BYTES:
            return ()
        code = path.read_bytes()
    except OSError:
        return ()
    if all(
        (package or rest).decode("latin-1") in _KNOWN for package, rest in _IMPORT.findall(code)
    ):
        return ()
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ()
    names: dict[str, None] = {}
    for statement in body:
        if isinstance(statement, ast.Import):
            names.update(dict.fromkeys(each.name.partition(".")[0] for each in statement.names))
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module:
            names[statement.module.partition(".")[0]] = None
    own = {each.name.partition(".")[0] for each in directory.iterdir()}
    return tuple(name for name in names if name not in _KNOWN and name not in own)
