"""What the browser keeps and says by itself, on every page: see `served/index.js`."""

from streamlit.navigation.page import StreamlitPage

from dashboard import store
from dashboard.ui.components import component
from db.queries.session import Person

KEY = "keeper"


def mount(person: Person, page: StreamlitPage) -> None:
    component("keeper", isolate_styles=False)(
        key=KEY,
        data={"person": store.public_id("keeper", person.id), "page": page.url_path},
        height="content",
    )
