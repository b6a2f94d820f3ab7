namespace Gesso.Torch.Native;

/// <summary>How libtorch is found and set up; every member has a working default.</summary>
public sealed record TorchOptions
{
    /// <summary>
    /// Where libtorch is: the folder with <c>libtorch_cpu.so</c>, its parent, a Python <c>site-packages/torch</c> folder or <c>site-packages</c>.
    /// Null: the environment variable <c>GESSO_LIBTORCH</c>, then the places of <see cref="LibTorchSearch"/>.
    /// </summary>
    public string? LibTorchPath { get; init; }

    /// <summary>
    /// Gesso's cache. Null: <c>GESSO_CACHE</c>, else <c>XDG_CACHE_HOME/gesso</c> or <c>~/.cache/gesso</c>, on Windows <c>%LOCALAPPDATA%\gesso</c>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Threads of one operator, 1 … 1024. Null: the physical cores this process may use.</summary>
    public int? Threads { get; init; }

    /// <summary>Load the CUDA parts when libtorch has them and a driver answers.</summary>
    public bool PreferCuda { get; init; } = true;

    /// <exception cref="ArgumentOutOfRangeException"><see cref="Threads"/> is outside 1 … 1024.</exception>
    public void Validate()
    {
        if (Threads is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(Threads), Threads, "Threads must be 1 … 1024; leave it out for the machine's physical cores.");
    }
}
