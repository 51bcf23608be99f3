"""A published list, its subscriber, and what each of them does."""

import pytest
from signed_lists import PublishedList, Subscriber, entry


@pytest.fixture
def published(tmp_path):
    """Publish a list of three entries."""
    published = PublishedList(tmp_path / "published")
    published.add(*map(entry, "abc"))
    published.release()
    return published


@pytest.fixture
def subscriber(tmp_path, published):
    """Subscribe to it; nothing is fetched yet."""
    return Subscriber(tmp_path / "state", published)


@pytest.fixture
def following(published, subscriber):
    """Give a subscriber that has the first release."""
    subscriber.update()
    return subscriber
