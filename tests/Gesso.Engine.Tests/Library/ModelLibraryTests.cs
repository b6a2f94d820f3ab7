using Gesso.Contracts.Errors;
using Gesso.Engine.Library;
using Gesso.Engine.Library.Hub;

namespace Gesso.Engine.Tests.Library;

public sealed class ModelLibraryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gesso-library-");

    [Fact]
    public void Default_library_has_the_bundled_model_when_nothing_is_named()
    {
        var source = ModelLibrary.Default.Resolve(null, new CompanionFiles());
        Assert.True(File.Exists(Path.Combine(source.Path, "model_index.json")));
    }

    [Fact]
    public void Models_are_folders_with_an_index_files_and_single_files_in_folders_of_their_own()
    {
        Put("alpha/model_index.json");
        Put("beta.gguf");
        Put("gamma/gamma.safetensors");
        Put("notes/readme.txt");
        Assert.Equal(["alpha", "beta", "gamma"], Library().List().Select(m => m.Name).Order());
        Assert.EndsWith("gamma.safetensors", Library().Resolve("GAMMA", new CompanionFiles()).Path);
    }

    [Fact]
    public void First_root_wins_when_two_have_the_name()
    {
        Put("one/alpha/model_index.json");
        Put("two/alpha/model_index.json");
        var library = new ModelLibrary([Path.Combine(_root.FullName, "one"), Path.Combine(_root.FullName, "two")]);
        Assert.Single(library.List());
        Assert.Contains("one", library.Resolve("alpha", new CompanionFiles()).Path);
    }

    [Fact]
    public void Pulled_models_answer_to_short_and_full_names()
    {
        foreach (var known in KnownModel.All)
        {
            Put($"{known.Repo.Replace("/", "--", StringComparison.Ordinal)}/model_index.json");
            Assert.Equal(Library().Resolve(known.Name, new CompanionFiles()).Path, Library().Resolve(known.Repo, new CompanionFiles()).Path);
        }
    }

    [Fact]
    public void Unknown_name_tells_what_is_there_and_how_to_get_it()
    {
        Put("alpha/model_index.json");
        var near = Assert.Throws<GessoException>(() => Library().Resolve("alpa", new CompanionFiles()));
        Assert.Contains("Did you mean alpha?", near.Message);
        var known = Assert.Throws<GessoException>(() => Library().Resolve(KnownModel.All[0].Name, new CompanionFiles()));
        Assert.Contains($"gesso pull {KnownModel.All[0].Name}", known.Message);
        var far = Assert.Throws<GessoException>(() => Library().Resolve("something else", new CompanionFiles()));
        Assert.Contains("Installed: alpha", far.Message);
    }

    [Fact]
    public void Roots_come_from_the_variable_the_program_and_the_install_folder()
    {
        string list = string.Join(Path.PathSeparator, "/a", "/b");
        var roots = ModelLibrary.DefaultRoots(name => name == "GESSO_MODELS" ? list : null, _root.FullName, "/data/models");
        Assert.Equal(["/a", "/b", Path.Combine(_root.FullName, "models"), "/data/models"], roots);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private ModelLibrary Library() => new([_root.FullName]);

    private void Put(string path)
    {
        string full = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, "{}");
    }
}
