namespace Gesso.Architecture.Tests;

public sealed class ArrowTests
{
    [Fact]
    public void Projects_reference_only_along_the_arrows()
    {
        IReadOnlyList<Project> projects = Repository.ProjectsIn("src");

        Assert.NotEmpty(projects);
        Assert.Empty(projects.SelectMany(Arrows.Violations));
    }

    [Theory]
    [InlineData("Gesso.Server", "Gesso.Torch", "a server process never loads libtorch")]
    [InlineData("Gesso.Diffusion", "Gesso.Typography", "how pictures come out of networks")]
    [InlineData("Gesso.Models", "Gesso.Diffusion", "networks know nothing of prompts")]
    [InlineData("Gesso.Contracts", "Gesso.Formats", "depend on nothing")]
    [InlineData("Gesso.Everything", "Gesso.Contracts", "is not in the table of arrows")]
    public void Violations_name_both_projects_and_the_arrow(string project, string reference, string sentence)
    {
        string violation = Assert.Single(Arrows.Violations(new Project(project, $"src/{project}/{project}.csproj", [reference], [])));

        Assert.StartsWith(project, violation, StringComparison.Ordinal);
        Assert.Contains(sentence, violation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gesso.Server")]
    [InlineData("Gesso.Studio")]
    [InlineData("Gesso.Platform")]
    [InlineData("Gesso.Tokenizers")]
    public void Table_gives_no_way_to_libtorch(string project) => Assert.Empty(Arrows.Reach(project).Intersect(Arrows.NeedLibTorch));

    [Fact]
    public void Table_has_no_circles() => Assert.All(Arrows.Names, name => Assert.DoesNotContain(name, Arrows.Reach(name)));

    [Fact]
    public void Only_Gesso_Torch_references_TorchSharp() =>
        Assert.Equal(
            ["Gesso.Torch"],
            Repository.Projects.Where(p => p.Packages.Any(name => name.StartsWith("TorchSharp", StringComparison.OrdinalIgnoreCase))).Select(p => p.Name));

    [Fact]
    public void No_project_references_a_package_that_copies_libtorch()
    {
        // PackageDownload fetches it into the package cache; a reference would copy 480 MB into every output folder
        Assert.DoesNotContain(Repository.Projects.SelectMany(p => p.Packages), name => name.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("ExcludeAssets=\"native\"", Repository.ReadText("src", "Gesso.Torch", "Gesso.Torch.csproj"), StringComparison.Ordinal);
    }

    [Fact]
    public void Contracts_need_no_packages() => Assert.Empty(Repository.Projects.Single(p => p.Name == "Gesso.Contracts").Packages);
}
