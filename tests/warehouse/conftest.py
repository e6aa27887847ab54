"""Failed checks of the conformance class show their values."""

import pytest

pytest.register_assert_rewrite("tests.warehouse.conformance")
