"""Names of APIs: given in place of those that they had, and told only where they are others."""

from stratolite.core.domains import Domains
from stratolite.core.places import Places
from stratolite.targets.done import Stack
from stratolite.targets.names import Names
from stratolite.templates.serverless.local import CustomDomain

STACK = Stack("s", made={"HttpApi": "a1b2"})


def test_names_are_of_the_apis_that_the_stack_made_and_go_with_an_edit() -> None:
    domains = Domains()
    names = Names(domains, Places())
    wanted = [CustomDomain("api.shop.test", "v1", "HttpApi", "$default"), CustomDomain("old.test", "", "c3", "dev")]
    mapped, is_news = names.map(STACK, wanted)
    assert [one.api_id for one in mapped] == ["a1b2", "c3"] and is_news
    assert names.map(STACK, wanted) == (mapped, False)
    assert domains.knows("old.test:3000") and names.map(STACK, wanted[:1])[1] and not domains.knows("old.test")
