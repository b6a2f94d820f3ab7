using Gesso.Contracts.Errors;
using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

public sealed class LibTorchSearchTests
{
    private const string PackageFolder = "/home/ada/.nuget/packages/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native";

    [Theory]
    [InlineData("/opt/libtorch/lib", "/opt/libtorch/lib")]
    [InlineData("/opt/libtorch", "/opt/libtorch/lib")]
    [InlineData("/venv/site-packages/torch", "/venv/site-packages/torch/lib")]
    [InlineData("/venv/site-packages", "/venv/site-packages/torch/lib")]
    [InlineData("/venv/site-packages/", "/venv/site-packages/torch/lib")]
    public void Find_accepts_the_libtorch_folder_and_the_folders_people_know(string named, string folder)
    {
        NativeHost host = FakeHost.Linux(FakeHost.LibTorchIn(folder), ("GESSO_LIBTORCH", named));

        LibTorchFinding found = LibTorchSearch.Find(new TorchOptions(), host);

        Assert.Equal(folder, found.Folder);
        Assert.Equal("GESSO_LIBTORCH", found.Origin);
    }

    [Fact]
    public void Find_prefers_the_option_to_the_variable()
    {
        Dictionary<string, string> files = FakeHost.LibTorchIn("/option");
        foreach ((string path, string text) in FakeHost.LibTorchIn("/variable"))
            files[path] = text;
        NativeHost host = FakeHost.Linux(files, ("GESSO_LIBTORCH", "/variable"));

        Assert.Equal("/option", LibTorchSearch.Find(new TorchOptions { LibTorchPath = "/option" }, host).Folder);
        Assert.Equal("/variable", LibTorchSearch.Find(new TorchOptions(), host).Folder);
    }

    [Theory]
    [InlineData("/app/libtorch")]
    [InlineData("/app/libtorch/lib")]
    [InlineData("/home/ada/.cache/gesso/libtorch-2.10.0-cpu")]
    [InlineData("/home/ada/.cache/gesso/libtorch-2.10.0-cpu/lib")]
    [InlineData(PackageFolder)]
    public void Find_looks_beside_the_program_in_the_cache_and_in_the_package_cache(string folder) =>
        Assert.Equal(folder, LibTorchSearch.Find(new TorchOptions(), FakeHost.Linux(FakeHost.LibTorchIn(folder))).Folder);

    [Fact]
    public void Find_follows_the_variables_that_move_the_caches()
    {
        const string moved = "/p/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native";
        Assert.Equal(moved, LibTorchSearch.Find(new TorchOptions(), FakeHost.Linux(FakeHost.LibTorchIn(moved), ("NUGET_PACKAGES", "/p"))).Folder);

        const string cached = "/c/libtorch-2.10.0-cpu";
        Assert.Equal(cached, LibTorchSearch.Find(new TorchOptions(), FakeHost.Linux(FakeHost.LibTorchIn(cached), ("GESSO_CACHE", "/c"))).Folder);
        Assert.Equal(cached, LibTorchSearch.Find(new TorchOptions { CacheFolder = "/c" }, FakeHost.Linux(FakeHost.LibTorchIn(cached))).Folder);
    }

    [Fact]
    public void Find_never_replaces_a_path_that_a_person_named()
    {
        NativeHost host = FakeHost.Linux(FakeHost.LibTorchIn(PackageFolder), ("GESSO_LIBTORCH", "/nowhere"));

        LibTorchFinding found = LibTorchSearch.Find(new TorchOptions(), host);

        Assert.Null(found.Folder);
        Assert.Equal(3, found.Refusals.Count);
    }

    [Theory]
    [InlineData("__version__ = '2.10.0+cu128'\ndebug = False\n", "2.10.0+cu128")]
    [InlineData("from typing import Optional\n\n__all__ = ['__version__', 'debug']\n__version__: str = \"2.10.1\"\n", "2.10.1")]
    [InlineData("debug = False\n", null)]
    public void Find_reads_the_version_of_a_python_installation(string versionFile, string? version)
    {
        NativeHost host = FakeHost.Linux(FakeHost.LibTorchIn("/sp/torch/lib", ("/sp/torch/version.py", versionFile)), ("GESSO_LIBTORCH", "/sp"));

        LibTorchFinding found = LibTorchSearch.Find(new TorchOptions(), host);

        Assert.Equal(("/sp/torch/lib", version), (found.Folder, found.Version));
    }

    [Theory]
    [InlineData("/sp/torch/lib", "/sp/torch/version.py", "__version__ = '2.5.1'", "2.5.1")]
    [InlineData("/opt/libtorch/lib", "/opt/libtorch/build-version", "2.1.0+cpu\n", "2.1.0+cpu")]
    [InlineData("/opt/libtorch/lib", "/opt/libtorch/build-version", "2.100.0", "2.100.0")]
    public void Find_refuses_another_version_of_libtorch(string folder, string versionPath, string text, string version)
    {
        NativeHost host = FakeHost.Linux(FakeHost.LibTorchIn(folder, (versionPath, text)), ("GESSO_LIBTORCH", folder));

        LibTorchFinding found = LibTorchSearch.Find(new TorchOptions(), host);

        Assert.Null(found.Folder);
        Assert.Contains($"{folder} (GESSO_LIBTORCH): is libtorch {version}, needed is 2.10.x", found.Refusals);
    }

    [Fact]
    public void Find_names_the_first_library_that_is_missing()
    {
        Dictionary<string, string> files = FakeHost.LibTorchIn("/opt");
        files.Remove("/opt/libc10.so");

        LibTorchFinding found = LibTorchSearch.Find(new TorchOptions { LibTorchPath = "/opt" }, FakeHost.Linux(files));

        Assert.Contains("/opt (option LibTorchPath): no libc10.so", found.Refusals);
    }

    [Fact]
    public void NotFound_lists_every_path_tried_and_what_to_do()
    {
        NativeHost host = FakeHost.Linux(new Dictionary<string, string>());
        var options = new TorchOptions();

        GessoException error = LoadErrors.NotFound(options, host, LibTorchSearch.Find(options, host).Refusals);

        Assert.Equal("libtorch_not_found", error.Code);
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.All(LibTorchSearch.Candidates(options, host), candidate => Assert.Contains($"{candidate.Folder} (", error.Message, StringComparison.Ordinal));
        Assert.Contains("Set GESSO_LIBTORCH", error.Message, StringComparison.Ordinal);
        Assert.Contains("libtorch-cpu-linux-x64 2.10.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NotFound_says_what_would_be_used_without_a_wrong_variable()
    {
        NativeHost host = FakeHost.Linux(FakeHost.LibTorchIn(PackageFolder), ("GESSO_LIBTORCH", "/nowhere"));

        GessoException error = LoadErrors.NotFound(new TorchOptions(), host, LibTorchSearch.Find(new TorchOptions(), host).Refusals);

        Assert.Contains("/nowhere (GESSO_LIBTORCH): no libtorch_cpu.so", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/torch/lib (GESSO_LIBTORCH)", error.Message, StringComparison.Ordinal);
        Assert.Contains($"Correct GESSO_LIBTORCH, or remove it: then {PackageFolder} is used.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShimCandidates_are_beside_the_program_then_in_the_package_cache() =>
        Assert.Equal(
            [
                "/app/runtimes/linux-x64/native/libLibTorchSharp.so",
                "/app/libLibTorchSharp.so",
                "/home/ada/.nuget/packages/torchsharp/0.107.0/runtimes/linux-x64/native/libLibTorchSharp.so",
            ],
            LibTorchSearch.ShimCandidates(FakeHost.Linux(new Dictionary<string, string>())));

    [Fact]
    public void LibraryFile_follows_the_system()
    {
        NativeHost host = FakeHost.Linux(new Dictionary<string, string>());

        Assert.Equal("libtorch_cpu.so", host.LibraryFile("torch_cpu"));
        Assert.Equal("torch_cpu.dll", (host with { System = NativeSystem.Windows }).LibraryFile("torch_cpu"));
        Assert.Equal("libtorch_cpu.dylib", (host with { System = NativeSystem.MacOs }).LibraryFile("torch_cpu"));
    }
}
