using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Weights;

/// <summary>Loading is total: everything that does not fit is told at once, and nothing stays in memory.</summary>
public sealed class CheckpointErrorTests
{
    private static readonly WeightMap Stacked = new("stacked", new WeightRule("qkv.*", RowLayout.Stacked, "q.*", "k.*", "v.*"));

    [Fact]
    public void One_error_lists_missing_unexpected_and_mis_shaped()
    {
        using var leaks = new LeakCheck();
        var content = new FileContent().Add("a.weight", [2, 3], new float[6]).Add("left.over", [1], 0).Add("left.behind", [1], 0).Add("scale", [4], new float[4]);

        string message = Refusal.Of("weights_mismatch", () => Loading.With(content, w =>
        {
            w.Linear("a", 4, 2);
            w.Parameter("scale", 5);
            return w.Parameter("nowhere", 7);
        }, _ => 0));

        Assert.Contains("does not fit the test network (test names)", message);
        Assert.Contains("2 missing:\n    a.bias\n    nowhere", message);
        Assert.Contains("2 unexpected:\n    left.behind\n    left.over", message);
        Assert.Contains("2 of another shape:\n    a.weight: expected [2, 4], the file has [2, 3]\n    scale: expected [5], the file has [4]", message);
        Assert.Contains("gesso inspect", message);
    }

    [Fact]
    public void The_error_names_the_file_and_the_prefix()
    {
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(new FileContent().Add("net.b", [1], 0).WriteSafetensors(folder.At("some.safetensors")));

        string message = Refusal.Of("weights_mismatch", () =>
            CheckpointWeights.Load(new WeightSource(file, "net."), WeightMap.Identity("own"), LoadOptions.Cpu, "thing", w => w.Parameter("a", 1)));

        Assert.Contains(file.Path, message);
        Assert.Contains("the thing (own names, prefix net.)", message);
    }

    [Fact]
    public void Long_lists_are_shortened_with_their_count()
    {
        string message = Refusal.Of("weights_mismatch", () => Loading.With(
            new FileContent().Add("x", [1], 0), w => Enumerable.Range(0, 40).Select(n => w.Parameter($"p{n:00}", 1)).ToList(), _ => 0, ignorable: _ => true));

        Assert.Contains("40 missing:", message);
        Assert.Contains("p11", message);
        Assert.DoesNotContain("p12", message);
        Assert.Contains("… and 28 more", message);
    }

    [Fact]
    public void A_missing_parameter_is_named_with_the_stored_names_that_would_serve()
    {
        string message = Refusal.Of("weights_mismatch", () => Loading.With(
            new FileContent().Add("q.weight", [2, 2], new float[4]), w => w.Parameter("qkv.weight", 6, 2), _ => 0, Stacked));

        Assert.Contains("qkv.weight (q.weight + k.weight + v.weight)", message);
    }

    [Fact]
    public void Stacked_parts_of_different_widths_are_told_by_their_shapes()
    {
        var content = new FileContent().Add("q.weight", [2, 3], new float[6]).Add("k.weight", [2, 3], new float[6]).Add("v.weight", [2, 4], new float[8]);

        string message = Refusal.Of("weights_mismatch", () => Loading.With(content, w => w.Parameter("qkv.weight", 6, 3), _ => 0, Stacked));

        Assert.Contains("qkv.weight: expected [6, 3], the file has [2, 3] + [2, 3] + [2, 4]", message);
    }

    [Fact]
    public void Leftovers_that_the_caller_ignores_are_no_error()
    {
        var content = new FileContent().Add("a", [1], 5).Add("head.weight", [1], 0);

        Assert.Equal([5f], Loading.With(content, w => w.Parameter("a", 1), Loading.Values, ignorable: n => n.StartsWith("head.", StringComparison.Ordinal)));
        Refusal.Of("weights_mismatch", () => Loading.With(content, w => w.Parameter("a", 1), Loading.Values, ignorable: n => n.StartsWith("tail.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_leaks_when_the_constructor_fails_while_reading()
    {
        using var leaks = new LeakCheck();
        var content = new FileContent().Add("a.weight", [2, 2], new float[4]).Add("a.bias", [2], new float[2]);
        int calls = 0;

        Assert.Throws<InvalidOperationException>(() => Loading.With<ILinear, int>(content, w =>
        {
            var layer = w.Linear("a", 2, 2);
            return ++calls == 2 ? throw new InvalidOperationException("half way") : layer;
        }, _ => 0));

        Assert.Equal(2, calls);
    }

    [Fact]
    public void Nothing_leaks_when_the_constructor_fails_while_checking()
    {
        using var leaks = new LeakCheck();
        var content = new FileContent().Add("a.weight", [2, 2], new float[4]).Add("a.bias", [2], new float[2]);

        Assert.Throws<InvalidOperationException>(() => Loading.With<ILinear, int>(content, w =>
        {
            w.Linear("a", 2, 2);
            throw new InvalidOperationException("at once");
        }, _ => 0));
    }

    [Fact]
    public void Nothing_leaks_when_the_file_cannot_be_read_half_way()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(new FileContent().Add("a", [2], 1, 2).Add("b", [2], 3, 4).WriteSafetensors(folder.At("file.safetensors")));
        var source = new WeightSource(new BreakingFile(file, breaksAt: "b"));

        Assert.Throws<IOException>(() => CheckpointWeights.Load(source, WeightMap.Identity("test"), LoadOptions.Cpu, "test network",
            w => (w.Parameter("a", 2), w.Parameter("b", 2))));
    }

    [Fact]
    public void Nothing_leaks_when_an_embedding_row_cannot_be_read()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(new FileContent().Add("t.weight", [2, 2], 1, 2, 3, 4).WriteSafetensors(folder.At("file.safetensors")));
        var source = new WeightSource(new BreakingFile(file, breaksAt: "t.weight"));
        using var loaded = CheckpointWeights.Load(source, WeightMap.Identity("test"), LoadOptions.Cpu, "test network", w => w.Embedding("t", 2, 2));

        Assert.Throws<IOException>(() => loaded.Network.Lookup([0, 1]));
    }

    [Fact]
    public void Disposing_a_loaded_network_frees_its_parameters()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(new FileContent().Add("a", [2], 1, 2).WriteSafetensors(folder.At("file.safetensors")));

        var loaded = CheckpointWeights.Load(new WeightSource(file), WeightMap.Identity("test"), LoadOptions.Cpu, "test network", w => w.Parameter("a", 2));

        Assert.Equal(8, loaded.ResidentBytes);
        loaded.Dispose();
        Assert.True(loaded.Network.IsInvalid);
    }

    [Fact]
    public void Parameters_outlive_the_scope_they_were_loaded_in()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(new FileContent().Add("a", [2], 1, 2).WriteSafetensors(folder.At("file.safetensors")));
        LoadedNetwork<Tensor> loaded;
        using (NewDisposeScope())
            loaded = CheckpointWeights.Load(new WeightSource(file), WeightMap.Identity("test"), LoadOptions.Cpu, "test network", w => w.Parameter("a", 2));

        Assert.Equal([1, 2], Loading.Values(loaded.Network));
        loaded.Dispose();
    }

    /// <summary>A file whose disk fails at one tensor.</summary>
    private sealed class BreakingFile(ITensorFile inner, string breaksAt) : ITensorFile
    {
        public string Path => inner.Path;

        public IReadOnlyDictionary<string, StoredTensor> Tensors => inner.Tensors;

        public IReadOnlyDictionary<string, string> Metadata => inner.Metadata;

        public ReadOnlySpan<byte> Bytes(StoredTensor tensor) => tensor.Name == breaksAt ? throw new IOException("the disk is gone") : inner.Bytes(tensor);

        public ReadOnlySpan<byte> Bytes(StoredTensor tensor, long byteOffset, int byteCount) =>
            tensor.Name == breaksAt ? throw new IOException("the disk is gone") : inner.Bytes(tensor, byteOffset, byteCount);

        public void Dispose()
        {
        }
    }
}
