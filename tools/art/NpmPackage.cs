using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using Gesso.Contracts.Errors;

namespace Gesso.Art;

/// <summary>Files of an npm package, fetched once by the npm client and kept in a folder.</summary>
internal sealed class NpmPackage(string folder)
{
    private const string Archive = "package.tgz";

    /// <exception cref="GessoException"><c>npm_missing</c>, <c>npm_failed</c>.</exception>
    public static NpmPackage Fetch(string name, string cache)
    {
        string folder = Path.Combine(cache, name.Replace('/', '+'));
        if (!File.Exists(Path.Combine(folder, Archive)))
        {
            string partial = folder + ".partial";
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            _ = Directory.CreateDirectory(partial);
            Pack(name, partial);
            string archive = Directory.GetFiles(partial, "*.tgz")[0];
            File.Move(archive, Path.Combine(partial, Archive));
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            Directory.Move(partial, folder);
        }
        return new NpmPackage(folder);
    }

    /// <exception cref="GessoException"><c>file_missing</c>.</exception>
    public byte[] Read(string file)
    {
        using var archive = File.OpenRead(Path.Combine(folder, Archive));
        using GZipStream unpacked = new(archive, CompressionMode.Decompress);
        using TarReader reader = new(unpacked);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name != $"package/{file}" || entry.DataStream is not { } data)
                continue;
            using MemoryStream bytes = new();
            data.CopyTo(bytes);
            return bytes.ToArray();
        }
        throw GessoException.Invalid("file_missing", $"{Path.Combine(folder, Archive)} has no {file}. Delete the folder, so that it is fetched again.");
    }

    private static void Pack(string name, string folder)
    {
        ProcessStartInfo start = new(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["pack", "--silent", name])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            var errors = npm.StandardError.ReadToEndAsync();
            _ = npm.StandardOutput.ReadToEnd();
            npm.WaitForExit();
            if (npm.ExitCode != 0 || Directory.GetFiles(folder, "*.tgz").Length == 0)
                throw GessoException.Unavailable("npm_failed", $"npm pack {name} failed: {errors.Result.Trim()} Look at the connection, and run this again.");
        }
        catch (Win32Exception e)
        {
            throw GessoException.Unavailable("npm_missing", "The npm client was not found: install Node.js, which brings it.", e);
        }
    }
}
