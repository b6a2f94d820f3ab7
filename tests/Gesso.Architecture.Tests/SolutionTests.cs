using System.Xml.Linq;

namespace Gesso.Architecture.Tests;

public sealed class SolutionTests
{
    [Fact]
    public void Solution_holds_every_project()
    {
        HashSet<string> listed = [.. XDocument.Parse(Repository.ReadText("Gesso.slnx")).Descendants("Project").Select(e => (string)e.Attribute("Path")!)];

        string[] folders = ["src", "tests", "bench", "samples"];
        string[] present = [.. folders.SelectMany(Repository.ProjectsIn).Select(project => Repository.Relative(project.Path))];

        Assert.NotEmpty(present);
        Assert.Empty(present.Except(listed).Select(path => $"{path} is not in Gesso.slnx: nobody would build or test it."));
        Assert.Empty(listed.Where(path => !File.Exists(Path.Combine(Repository.Root, path))).Select(path => $"Gesso.slnx lists {path}, which does not exist."));
    }

    [Theory]
    [InlineData("TorchSharp", "TorchSharpVersion")]
    [InlineData("LibTorch", "LibTorchVersion")]
    public void Native_versions_in_code_are_those_of_the_packages(string constant, string property)
    {
        string version = (string)XDocument.Parse(Repository.ReadText("Directory.Packages.props")).Descendants(property).Single();

        Assert.Contains($"{constant} = \"{version}\";", Repository.ReadText("src", "Gesso.Torch", "Native", "NativeVersions.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_have_their_version_in_one_place() =>
        Assert.Empty(Repository.Files("*.csproj")
            .Where(path => XDocument.Load(path).Descendants("PackageReference").Any(e => e.Attribute("Version") is not null))
            .Select(path => $"{Repository.Relative(path)} states a package version: it belongs into Directory.Packages.props."));
}
