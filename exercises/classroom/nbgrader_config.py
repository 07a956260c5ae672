"""The configuration of an nbgrader course. Made by exercises/build.py."""

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import ClearHiddenTests, GetGrades

from d2l_bert.cli.grading import explain

c = get_config()  # noqa: F821, nbgrader provides it

c.CourseDirectory.course_id = 'd2l-bert-BACKEND'
c.ClearSolutions.code_stub = {
    'python': '# Your code here.\n'
              "raise NotImplementedError('there is no answer here yet')"}
c.Execute.timeout = 120  # the time limit for a cell, in seconds

# Which notebook in an archive is whose. The number is Moodle's of a
# participant, or Canvas' of a user:
#     Zoë Müller-Lüdenscheidt_1848964_assignsubmission_file/05-masking.ipynb
#     Zoë Müller-Lüdenscheidt_1848964_assignsubmission_file_05-masking.ipynb
#     müllerlüdenscheidtzoë_LATE_48964_7310_05-masking-1.ipynb
c.FileNameCollectorPlugin.named_regexp = r"""(?x)
    (?!.*[/\\](?:__MACOSX|\.ipynb_checkpoints)[/\\])  # no one's own work
    .*[/\\][^/\\]*?_(?P<student_id>\d+)_
    (?:assignsubmission_file_?|\d+_)                  # Moodle or Canvas
    (?:[^/\\]*[/\\](?:.*[/\\])?)?                     # folders, archives
    (?P<file_id>[^/\\]+?)
    (?:-\d+)?(?:[ ]?\(\d+\))?[.]ipynb$                # -1 or (1): once more
"""
c.ZipCollectApp.strict = True  # leave out what is no exercise


class ForStudents(ClearHiddenTests):
    """Leaves the message of each check, but not its hidden tests.

    A traceback would show lines of them, so a failed check has only the
    message, with the line of the student's code.
    """

    def preprocess(self, nb, resources):
        for cell in nb.cells:
            if cell.metadata.get('nbgrader', {}).get('grade'):
                for output in cell.get('outputs', ()):
                    if output.output_type == 'error':
                        output.traceback = [explain(nb, output)]
        return super().preprocess(nb, resources)


c.GenerateFeedback.preprocessors = [GetGrades, ForStudents,
                                    CSSHTMLHeaderPreprocessor]
