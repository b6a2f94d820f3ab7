using System.Runtime.Loader;
using Gesso.Contracts.Errors;
using Gesso.Testing;
using Gesso.Torch.Native;
using TorchSharp;

namespace Gesso.Torch.Tests.Native;

public sealed class LibTorchTests(TorchFixture torchFixture)
{
    [Fact]
    public void Load_computes_the_reference_draws_of_seed_42()
    {
        using var leaks = new LeakCheck();
        using DisposeScope scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(42);

        float[] draws = torch.randn(4, torch.float32, generator: generator).data<float>().ToArray();

        // torch.manual_seed(42); torch.randn(4) of PyTorch
        Assert.Equal([0.3367f, 0.1288f, 0.2345f, 0.2303f], draws.Select(x => MathF.Round(x, 4)));
    }

    [Fact]
    public void Load_describes_what_it_loaded()
    {
        TorchRuntime runtime = torchFixture.Runtime;

        Assert.True(Directory.Exists(runtime.LibTorchFolder));
        Assert.StartsWith(NativeVersions.LibTorchMinor, runtime.LibTorchVersion, StringComparison.Ordinal);
        Assert.Equal(torch.get_num_threads(), runtime.Threads);
        Assert.Equal(torch.cuda.is_available(), runtime.CudaAvailable);
        Assert.Equal(typeof(torch).Assembly.GetName().Version?.ToString(3), runtime.TorchSharpVersion);
    }

    [Fact]
    public void Load_marks_the_shim_only_where_the_C_plus_plus_library_is_old()
    {
        Version? system = LibStdCxxVersion.OfSystem();
        Assert.SkipWhen(system is null, "This system has no libstdc++ in the usual folders.");

        Assert.Equal(system < new Version(3, 4, 32), torchFixture.Runtime.ShimPatched);
    }

    [Fact]
    public void Load_returns_the_first_runtime_to_every_later_caller() =>
        Assert.Same(torchFixture.Runtime, LibTorch.Load(new TorchOptions { LibTorchPath = "/nowhere", Threads = 1 }));

    [Fact]
    public async Task Load_called_first_by_several_threads_at_once_loads_once()
    {
        // a second copy of the assembly has statics of its own: for it this is the first call of the process
        var context = new AssemblyLoadContext("second copy");
        Type copy = context.LoadFromAssemblyPath(typeof(LibTorch).Assembly.Location).GetType(typeof(LibTorch).FullName!, throwOnError: true)!;
        Assert.NotSame(typeof(LibTorch), copy);
        Func<object?> load = () => copy.GetMethod(nameof(LibTorch.Load))!.Invoke(null, [null]);
        using var together = new Barrier(4);

        object?[] runtimes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return load();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.NotNull(runtimes[0]);
        Assert.All(runtimes, runtime => Assert.Same(runtimes[0], runtime));
    }

    [Fact]
    public void Load_copies_no_libtorch_beside_the_program()
    {
        // TorchSharp's own search would put 480 MB here
        string[] copied = [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "*torch_cpu*", SearchOption.AllDirectories)];

        Assert.Empty(copied);
        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void Validate_refuses_a_number_of_threads_outside_its_range(int threads)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(new TorchOptions { Threads = threads }.Validate);

        Assert.Contains("1 … 1024", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_carries_the_words_of_the_loader()
    {
        using var folder = new TestFolder();
        string path = folder.Add("libtorch_cpu.so", "not a library, only long enough to be read as one"u8);

        string? words = NativeLoader.Load(path);

        Assert.NotNull(words);
        GessoException error = LoadErrors.Refused(path, words, ["tried /elsewhere"]);
        Assert.Equal(("libtorch_load_failed", ErrorKind.Unavailable), (error.Code, error.Kind));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("tried /elsewhere", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version `GLIBCXX_3.4.30' not found", "libstdc++ is too old")]
    [InlineData("version `GLIBC_2.34' not found", "C library is too old")]
    [InlineData("undefined symbol: _ZN2at4_ops", "not version 2.10.x")]
    public void Refused_advises_by_what_the_loader_said(string words, string advice) =>
        Assert.Contains(advice, LoadErrors.Refused("/opt/libLibTorchSharp.so", words, []).Message, StringComparison.Ordinal);
}
