"""Reads the zips whose paths come on standard input, and answers each with one line of JSON: names and checksums, or an error."""

import hashlib
import json
import sys
import zipfile


def name_of(info):
    # Python takes every name without the UTF-8 flag for code page 437; we take it for UTF-8 where it is valid.
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


for line in sys.stdin:
    try:
        with zipfile.ZipFile(line.rstrip("\n")) as archive:
            found = {name_of(info): hashlib.sha256(archive.read(info)).hexdigest() for info in archive.infolist()}
        answer = {"entries": found}
    except Exception as error:  # whatever Python dislikes
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
