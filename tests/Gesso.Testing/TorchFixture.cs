using Gesso.Torch.Native;
using TorchSharp;

namespace Gesso.Testing;

/// <summary>Loads libtorch once a test assembly; torch tests share one collection, because dispose scopes and threads are global state.</summary>
public sealed class TorchFixture
{
    public TorchFixture() => Runtime = LibTorch.Load();

    public TorchRuntime Runtime { get; }
}

/// <summary>Counts live tensors of this thread: what a call makes must be gone after it.</summary>
public sealed class LeakCheck : IDisposable
{
    private readonly long _before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    public void Dispose()
    {
        long after = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Xunit.Assert.Equal(_before, after);
    }
}
