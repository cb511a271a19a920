"""Zips from anywhere, taken for packages."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_faas.bundle import Bundle
from jupyter_faas.errors import BundleDamaged
from tests.archives import damaged, zips
from tests.bundle.helpers.samples import bundle
from tests.examples import fuzz

ANY = st.one_of(
    damaged(st.just(bundle().data)),
    zips(),
    damaged(zips()),
    st.binary(max_size=300),
    st.binary(max_size=300).map(lambda rest: b"PK\3\4" + rest),
)

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


@given(data=ANY)
@fuzz(200)
def test_any_zip_is_a_package_or_is_said_to_be_damaged(data: bytes) -> None:
    try:
        found = Bundle.from_bytes(data)
    except BundleDamaged as error:
        assert error.message
        return
    with tempfile.TemporaryDirectory() as base:
        found.unpack(Path(base, "x"))
        assert os.listdir(base) == ["x"]
        assert found.readable()
