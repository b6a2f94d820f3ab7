using System.Globalization;
using Gesso.Contracts.Errors;
using TorchSharp;

namespace Gesso.Torch.Native;

/// <summary>Finds, loads and sets up libtorch. Must run before anything of TorchSharp is touched.</summary>
public static class LibTorch
{
    private static readonly Lock Gate = new();
    private static TorchRuntime? _runtime;

    /// <summary>
    /// Loads libtorch once for the process. Later calls, from any thread, return the first call's runtime whatever their options say;
    /// a call that failed leaves nothing behind, so another may succeed.
    /// </summary>
    /// <exception cref="GessoException">
    /// <c>libtorch_not_found</c> or <c>libtorch_load_failed</c>; the message lists every path tried, the loader's words and what to do.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static TorchRuntime Load(TorchOptions? options = null)
    {
        if (Volatile.Read(ref _runtime) is { } loaded)
            return loaded;
        options ??= new TorchOptions();
        options.Validate();
        lock (Gate)
            return _runtime ??= LoadFirst(options, NativeHost.Current());
    }

    private static TorchRuntime LoadFirst(TorchOptions options, NativeHost host)
    {
        List<string> trace = [];
        LibTorchFinding found = LibTorchSearch.Find(options, host);
        trace.AddRange(found.Refusals);
        if (found.Folder is not { } folder)
            throw LoadErrors.NotFound(options, host, found.Refusals);
        string? shim = LibTorchSearch.ShimCandidates(host).FirstOrDefault(host.FileExists);
        if (shim is null)
            throw LoadErrors.ShimNotFound(host, trace);
        trace.Add($"libtorch {found.Version ?? "of unknown version"} from {folder} ({found.Origin})");

        if (ThreadWaiting.SpinBriefly() is { } spinning)
            trace.Add($"set {spinning} for libgomp");
        if (ProductBits.Fix() is { } branch)
            trace.Add($"{branch} for MKL");
        if (NativeMemory.Configure())
            trace.Add("glibc keeps freed blocks until a picture is done; blocks from 2 MiB on huge pages");
        bool cuda = false;
        foreach (string library in Libraries(folder, options, host))
        {
            if (NativeLoader.Load(library) is { } refusal)
                throw LoadErrors.Refused(library, refusal, trace);
            trace.Add($"loaded {library}");
            cuda |= Path.GetFileName(library) == host.LibraryFile("torch_cuda");
        }
        if (TorchLogging.KeepToErrors(Path.Combine(folder, host.LibraryFile("c10"))))
            trace.Add("libtorch logs errors only");
        (string shimPath, bool patched) = ShimLoader.Load(shim, CacheFolder.Resolve(options.CacheFolder, host), trace);
        return SetUp(options, found, folder, shimPath, patched, cuda, trace);
    }

    // torch_cpu first: its RUNPATH finds c10 and gomp beside it; everything after it is then matched by its SONAME
    private static IEnumerable<string> Libraries(string folder, TorchOptions options, NativeHost host)
    {
        if (host.System == NativeSystem.Windows)
            yield return Path.Combine(folder, host.LibraryFile("c10"));
        yield return Path.Combine(folder, host.LibraryFile("torch_cpu"));
        yield return Path.Combine(folder, host.LibraryFile("torch"));
        string cuda = Path.Combine(folder, host.LibraryFile("torch_cuda"));
        if (options.PreferCuda && host.FileExists(cuda) && CudaDriver.IsPresent(host.System))
            yield return cuda;
    }

    private static TorchRuntime SetUp(
        TorchOptions options, LibTorchFinding found, string folder, string shim, bool patched, bool cudaLoaded, List<string> trace)
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        bool cuda = cudaLoaded && torch.TryInitializeDeviceType(DeviceType.CUDA);
        int devices = cuda ? torch.cuda.device_count() : 0;
        int threads = options.Threads ?? CpuCores.Usable();
        torch.set_num_threads(threads);
        trace.Add(string.Create(CultureInfo.InvariantCulture, $"CPU with {threads} threads, {devices} CUDA devices"));
        return new TorchRuntime(
            folder, shim, found.Version ?? NativeVersions.LibTorch, NativeVersions.TorchSharp, cuda, devices, threads, patched, trace);
    }
}
