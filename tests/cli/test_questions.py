"""The questions of docs/questions.md: each brings what stands there, asked as its reader would."""

import sqlite3
from contextlib import closing

import pytest

from favsync.store.docs.worked_questions import QUESTIONS, Question
from tests.cli.conftest import Favsync
from tests.cli.questions_doc import PATH, Asked, ask, asked, filled_in, questions_doc, with_sample

IN_THE_DOCUMENT = asked(PATH.read_text())


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Favsync:
    """favsync with the sample that the document is about. It is only read."""
    return with_sample(tmp_path_factory.mktemp("sample"))


@pytest.mark.parametrize("question", IN_THE_DOCUMENT, ids=lambda question: question.title)
def test_a_question_brings_what_stands_there(sample: Favsync, question: Asked) -> None:
    """Copied from the document, as it stands, and it finds something."""
    assert ask(sample, question.sql) == question.answer
    assert len(question.answer.splitlines()) > 1


def test_the_document_has_all_ten_and_is_current(sample: Favsync) -> None:
    """It is what `python -m tests.cli.questions_doc` writes."""
    assert len(QUESTIONS) == 10
    assert [question.title for question in IN_THE_DOCUMENT] == [question.title for question in QUESTIONS]
    assert PATH.read_text() == questions_doc(sample)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_other_programs_can_ask_it(sample: Favsync, question: Question) -> None:
    """All that do not need favsync, with values in place of the names with a colon."""
    with closing(sqlite3.connect(sample.database)) as connection:
        if question.needs_favsync:
            with pytest.raises(sqlite3.OperationalError, match="no such function: payload"):
                connection.execute(question.sql, dict(question.values))
        else:
            assert connection.execute(question.sql, dict(question.values)).fetchall()


def test_a_value_is_a_literal_whatever_is_in_it() -> None:
    """Quotes are doubled."""
    assert filled_in(Question("a", "A?", "", "SELECT :x", {"x": "it's"})) == "SELECT 'it''s'"
