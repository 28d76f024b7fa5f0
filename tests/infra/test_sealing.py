"""A sealed secret opens with its key and with no other; the key is made once."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from trading.infra.sealing import KEY_FILE, SealBroken, seal, unseal

SECRET = "sk-0123456789"


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.VAR, settings.PROVIDER_SECRETS_KEY = tmp_path, ""
    return tmp_path


def test_what_is_sealed_shows_nothing_and_opens_again():
    sealed = seal(SECRET)
    assert SECRET not in sealed
    assert unseal(sealed) == SECRET
    assert seal(SECRET) != sealed  # equal secrets do not look equal


def test_the_folders_key_is_made_at_the_first_seal_and_only_its_owner_reads_it(data_folder):
    path = data_folder / KEY_FILE
    with pytest.raises(SealBroken, match="missing"):
        unseal("anything")
    assert not path.exists()
    sealed = seal(SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in data_folder.iterdir()] == [KEY_FILE]
    key = path.read_text()
    seal("another")
    assert path.read_text() == key
    assert unseal(sealed) == SECRET


def test_two_that_seal_first_at_once_use_one_key():
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda _: seal(SECRET), range(32)))
    assert {unseal(each) for each in sealed} == {SECRET}


def test_a_lost_key_is_said_and_a_new_one_does_not_open_the_old(data_folder):
    sealed = seal(SECRET)
    (data_folder / KEY_FILE).unlink()
    with pytest.raises(SealBroken, match=f"no {KEY_FILE}"):
        unseal(sealed)
    seal("something new")
    with pytest.raises(SealBroken, match="not the present one"):
        unseal(sealed)


@pytest.mark.parametrize("token", ["", "garbage", "gAAAAA"])
def test_what_was_never_sealed_is_refused(settings, token):
    settings.PROVIDER_SECRETS_KEY = "given"
    with pytest.raises(SealBroken):
        unseal(token)


def test_a_given_key_makes_no_file_and_an_older_one_still_opens(settings, data_folder):
    settings.PROVIDER_SECRETS_KEY = "old"
    sealed = seal(SECRET)
    settings.PROVIDER_SECRETS_KEY = "new, old"
    assert unseal(sealed) == SECRET
    newer = seal(SECRET)
    settings.PROVIDER_SECRETS_KEY = "new"
    assert unseal(newer) == SECRET
    with pytest.raises(SealBroken):
        unseal(sealed)
    assert not list(data_folder.iterdir())
