"""Students from Moodle or Canvas, and points back to it.

    python tables.py students FROM.csv
    python tables.py points session-1 FROM.csv UPLOAD.csv

FROM.csv is Moodle's grading worksheet of the assignment, or Canvas'
exported gradebook. `students` gives nbgrader the names of its students.
`points` writes a copy of the table with the points of a session, exercise
by exercise. Run it in the folder of the course.
"""

import argparse
import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Gradebook, MissingEntry

GRADEBOOK = Path('gradebook.db')


class Table(NamedTuple):
    """A table of students as Moodle or Canvas exports it."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str

    @property
    def is_canvas(self) -> bool:
        """Whether it is Canvas' gradebook, and not Moodle's worksheet."""
        return self.header[:2] == ['Student', 'ID']

    def student(self, row: list[str]) -> str:
        """Return the number that archives, too, give a student, or ''.

        Moodle's first column is 'Participant 1848964', in its language.
        """
        number = (re.search(r'(\d+)\s*$', row[1]) if self.is_canvas
                  else re.search(r'\D(\d+)\s*$', row[0]))
        return number[1] if number else ''

    def names(self, row: list[str]) -> tuple[str, str]:
        """Return the first and the last name of a student."""
        if self.is_canvas:
            last, _, first = row[0].partition(', ')
        else:
            first, _, last = row[1].rpartition(' ')
        return first, last


def read(path: Path) -> Table:
    """Read a table of students.

    Raises ValueError if there are none in it, or no such file.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}; save Moodle's grading "
                         f"worksheet or Canvas' exported gradebook there")
    text = path.read_text(encoding='utf-8-sig')
    first_line = text.partition('\n')[0]
    delimiter = ';' if first_line.count(';') > first_line.count(',') else ','
    rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter)
            if row]
    if rows:
        header = rows[0]
        table = Table(header, [row + [''] * (len(header) - len(row))
                               for row in rows[1:]], delimiter)
        if len(header) > 1 and any(map(table.student, table.rows)):
            return table
    raise ValueError(
        f"{path} has no students: expected Moodle's grading worksheet, whose "
        f"first column is like 'Participant 1848964', or Canvas' exported "
        f"gradebook, whose first columns are Student and ID")


def add_students(gradebook: Gradebook, table: Table) -> int:
    """Give nbgrader the names of students; return how many there are."""
    rows = [row for row in table.rows if table.student(row)]
    for row in rows:
        first, last = table.names(row)
        email = next((cell for cell in row if '@' in cell), None)
        gradebook.update_or_create_student(
            table.student(row), first_name=first, last_name=last, email=email)
    return len(rows)


def points(gradebook: Gradebook, session: str) -> tuple[
        dict[str, float], dict[str, dict[str, float]]]:
    """Return the points of a session: at most, and of each student.

    A student who has handed in nothing is not there. An exercise that was
    not handed in has 0 points.
    """
    assignment = gradebook.find_assignment(session)
    most = {notebook.name: notebook.max_score for notebook in sorted(
        assignment.notebooks, key=lambda notebook: notebook.name)}
    return most, {
        submission.student.id: {**dict.fromkeys(most, 0.0), **{
            notebook.name: notebook.score
            for notebook in submission.notebooks}}
        for submission in assignment.submissions}


def for_moodle(table: Table, most: dict[str, float],
               found: dict[str, dict[str, float]],
               grade: str) -> list[list[str]]:
    """Fill in the column of the grade, and add one for each exercise.

    Raises ValueError if there is no such column.
    """
    if grade not in table.header:
        raise ValueError(
            f'there is no column {grade!r}; name the one for the grade with '
            f'--grade, one of {", ".join(table.header)}')
    place = table.header.index(grade)
    rows = [[*table.header, *most]]
    for row in table.rows:
        own = found.get(table.student(row), {})
        row = [*row, *(f'{own[name]:g}' if own else '' for name in most)]
        if own:
            row[place] = f'{sum(own.values()):g}'
        rows.append(row)
    return rows


def for_canvas(table: Table, most: dict[str, float],
               found: dict[str, dict[str, float]]) -> list[list[str]]:
    """Keep who the students are, and add a column for each exercise.

    Other assignments are left out, so that the upload changes none.
    Raises ValueError if there is no column Section, which Canvas needs.
    """
    if 'Section' not in table.header:
        raise ValueError("there is no column 'Section'; take the gradebook "
                         "as Canvas exports it")
    end = table.header.index('Section') + 1
    rows = [[*table.header[:end], *most],
            ['Points Possible', *[''] * (end - 1),
             *(f'{number:g}' for number in most.values())]]
    for row in table.rows:
        own = found.get(table.student(row))
        if own:
            rows.append([*row[:end], *(f'{own[name]:g}' for name in most)])
    return rows


def write(path: Path, rows: list[list[str]], delimiter: str) -> None:
    with open(path, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description='Students from Moodle or Canvas, and points back to it.')
    commands = parser.add_subparsers(dest='command', required=True)
    students = commands.add_parser('students', help='take over the names')
    upload = commands.add_parser('points', help='write a table for upload')
    upload.add_argument('session')
    for command in (students, upload):
        command.add_argument('table', metavar='FROM.csv', type=Path)
    upload.add_argument('result', metavar='UPLOAD.csv', type=Path)
    upload.add_argument('--grade', metavar='COLUMN', default='Grade',
                        help="Moodle's column for the grade, in its language "
                             "(default: Grade)")
    args = parser.parse_args(argv)
    if not GRADEBOOK.exists():
        parser.error(f'there is no {GRADEBOOK} here; run this in the folder '
                     f'of the course, after nbgrader generate_assignment')
    try:
        table = read(args.table)
        with Gradebook(f'sqlite:///{GRADEBOOK}') as gradebook:
            if args.command == 'students':
                print(add_students(gradebook, table), 'students')
                return
            most, found = points(gradebook, args.session)
        if not found:
            raise MissingEntry
        rows = (for_canvas(table, most, found) if table.is_canvas
                else for_moodle(table, most, found, args.grade))
    except MissingEntry:
        parser.error(f'nothing of {args.session} is graded; run nbgrader '
                     f'autograde {args.session}')
    except (OSError, ValueError) as error:
        parser.error(str(error))
    write(args.result, rows, table.delimiter)
    there = {table.student(row) for row in table.rows}
    print(f'{len(there & set(found))} of {len(found)} graded students are in '
          f'{args.result}')
    if strangers := sorted(set(found) - there):
        print('not in the table:', ', '.join(strangers))


if __name__ == '__main__':
    main()
