"""The frameworks that a machine can have, as pip and as the package see it."""

import configparser
import importlib
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from d2l_bert import frameworks
from d2l_bert.frameworks import (
    FRAMEWORKS, Machine, has_build, installed, this_machine, why_missing)

ROOT = Path(__file__).parent.parent
CONSTRAINTS = (ROOT / 'constraints.txt').read_text().splitlines()
PYTHONS = [(3, minor) for minor in range(11, 15)]
# What Python calls a system, and what we call it.
SYSTEMS = {'linux': 'Linux', 'darwin': 'macOS', 'win32': 'Windows'}
KINDS = [('linux', 'x86_64'), ('linux', 'aarch64'), ('linux', 'riscv64'),
         ('darwin', 'arm64'), ('darwin', 'x86_64'),
         ('win32', 'AMD64'), ('win32', 'ARM64')]


def environment(platform, architecture, python):
    """The values that pip would put into markers."""
    major, minor = python
    return {'sys_platform': platform, 'platform_machine': architecture,
            'python_version': f'{major}.{minor}'}


def requirements(environment, lines):
    """The requirements among the lines that pip follows there."""
    found = [Requirement(line) for line in lines if line[:1] != '#']
    return [requirement for requirement in found
            if requirement.marker is None or
            requirement.marker.evaluate(environment)]


@pytest.fixture(scope='module')
def extras():
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg', encoding='utf-8')
    return {name: lines.strip().splitlines() for name, lines
            in setup['options.extras_require'].items()}


every_kind = pytest.mark.parametrize('platform, architecture', KINDS)
every_python = pytest.mark.parametrize('python', PYTHONS)


@every_kind
@every_python
def test_we_say_what_pip_does(platform, architecture, python, extras):
    machine = Machine(SYSTEMS[platform], architecture, python)
    there = environment(platform, architecture, python)
    for name in FRAMEWORKS:
        required = [requirement.name
                    for requirement in requirements(there, extras[name])]
        assert required.count(name) == has_build(name, machine)


@every_python
def test_python_without_distutils_gets_it_for_mxnet(python, extras):
    there = environment('linux', 'x86_64', python)
    names = {requirement.name
             for requirement in requirements(there, extras['mxnet'])}
    assert ('setuptools' in names) == (python == (3, 12))


def test_what_each_kind_of_machine_can_have():
    found = {(platform, architecture): [
        [name for name in FRAMEWORKS if has_build(
            name, Machine(SYSTEMS[platform], architecture, python))]
        for python in ((3, 12), (3, 13))] for platform, architecture in KINDS}
    both, torch, mxnet, none = ['torch', 'mxnet'], ['torch'], ['mxnet'], []
    assert found == {
        ('linux', 'x86_64'): [both, torch],
        ('linux', 'aarch64'): [both, torch],
        ('linux', 'riscv64'): [none, none],
        ('darwin', 'arm64'): [torch, torch],
        ('darwin', 'x86_64'): [mxnet, none],
        ('win32', 'AMD64'): [torch, torch],
        ('win32', 'ARM64'): [none, none]}


@every_kind
@every_python
def test_the_constraints_pin_each_package_once(platform, architecture,
                                               python):
    pins = requirements(environment(platform, architecture, python),
                        CONSTRAINTS)
    names = [pin.name for pin in pins]
    assert len(set(names)) == len(names)
    numpy = pins[names.index('numpy')]
    # The same NumPy with or without MXNet, wherever MXNet can be.
    if has_build('mxnet', Machine(SYSTEMS[platform], architecture, python)):
        assert '1.26.4' in numpy.specifier


def test_every_extra_is_part_of_all_and_pinned(extras):
    pinned = {Requirement(line).name for line in CONSTRAINTS
              if line[:1] != '#'}
    everything, = extras.pop('all')
    assert Requirement(everything).extras == set(extras)
    assert {Requirement(line).name for lines in extras.values()
            for line in lines} <= pinned


def test_those_installed_are_found_without_importing_them(run_python):
    assert run_python('''
import sys
from d2l_bert.frameworks import installed
installed()
print({'torch', 'mxnet', 'numpy'} & set(sys.modules))
''') == 'set()\n'


@pytest.mark.parametrize('there', [(), ('torch',), ('mxnet',), FRAMEWORKS])
def test_installed(there, monkeypatch):
    monkeypatch.setattr(frameworks, 'is_installed', there.__contains__)
    assert installed() == there


def test_a_folder_is_not_a_framework(tmp_path, monkeypatch):
    """As notebooks/ has the folders torch and mxnet."""
    (tmp_path / 'no_such').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not frameworks.is_installed('no_such')
    (tmp_path / 'no_such' / '__init__.py').touch()
    importlib.invalidate_caches()
    assert frameworks.is_installed('no_such')


def test_this_machine_is_the_one_that_pip_sees():
    there = default_environment()
    machine = this_machine()
    assert machine == (SYSTEMS[there['sys_platform']],
                       there['platform_machine'], sys.version_info[:2])
    for name in FRAMEWORKS:
        assert why_missing(name) == why_missing(name, machine)
