using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Models.Tests;

/// <summary>Networks loaded from contents that a test made; the file and the weights go with it.</summary>
internal sealed class Network<T> : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ITensorFile _file;
    private readonly LoadedNetwork<T> _loaded;

    public Network(FileContent content, Func<WeightSource, WeightMap> map, Func<WeightScope, T> build, bool gguf = false, Func<string, bool>? ignorable = null)
    {
        _file = TensorFiles.Open(gguf ? content.WriteGguf(_folder.At("file.gguf")) : content.WriteSafetensors(_folder.At("file.safetensors")));
        Source = new WeightSource(_file);
        _loaded = CheckpointWeights.Load(Source, map(Source), LoadOptions.Cpu, typeof(T).Name, build, ignorable);
    }

    public Network(FileContent content, WeightMap map, Func<WeightScope, T> build)
        : this(content, _ => map, build)
    {
    }

    public WeightSource Source { get; }

    public T Value => _loaded.Network;

    public void Dispose()
    {
        _loaded.Dispose();
        _file.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A file on disk for one test.</summary>
internal sealed class OpenFile : IDisposable
{
    private readonly TestFolder _folder = new();

    public OpenFile(FileContent content) => File = TensorFiles.Open(content.WriteSafetensors(_folder.At("file.safetensors")));

    public ITensorFile File { get; }

    public void Dispose()
    {
        File.Dispose();
        _folder.Dispose();
    }
}
