using System.Diagnostics;
using System.Text;

namespace Gesso.Testing.Processes;

/// <summary>
/// A JavaScript program of the tests with the packages its lock file names. They are installed once into <c>artifacts/npm/NAME</c>, never beside the sources.
/// </summary>
public sealed class NodeScript
{
    private static readonly SemaphoreSlim OneInstallation = new(1, 1);

    private readonly string _folder;

    private NodeScript(string folder) => _folder = folder;

    /// <summary>Why such programs cannot run here; null: they can.</summary>
    public static string? Missing { get; } = Find("node") is null ? "node is not installed." : Find("npm") is null ? "npm is not installed." : null;

    /// <param name="source">A folder with package.json, package-lock.json and scripts, relative to the checkout.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="InvalidOperationException">The packages could not be installed.</exception>
    public static async Task<NodeScript> PrepareAsync(string source, CancellationToken cancellation = default)
    {
        string from = Path.Combine(RepositoryRoot.Path, source);
        string folder = Path.Combine(RepositoryRoot.Path, "artifacts", "npm", source.Replace('/', '.'));
        await OneInstallation.WaitAsync(cancellation);
        try
        {
            string installed = Path.Combine(folder, "installed");
            string wanted = await File.ReadAllTextAsync(Path.Combine(from, "package-lock.json"), cancellation);
            Directory.CreateDirectory(folder);
            foreach (string file in Directory.EnumerateFiles(from))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            if (!File.Exists(installed) || await File.ReadAllTextAsync(installed, cancellation) != wanted)
            {
                await RunAsync(Find("npm")!, ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, "", cancellation);
                await File.WriteAllTextAsync(installed, wanted, cancellation);
            }
        }
        finally
        {
            OneInstallation.Release();
        }
        return new NodeScript(folder);
    }

    /// <summary>Runs one script to its end.</summary>
    /// <param name="script">Its file name.</param>
    /// <param name="input">For its standard input.</param>
    /// <param name="arguments">After the script's name.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It ended with an error; the message has what it said.</exception>
    public Task<string> RunAsync(string script, string input = "", IReadOnlyList<string>? arguments = null, CancellationToken cancellation = default) =>
        RunAsync(Find("node")!, [script, .. arguments ?? []], _folder, input, cancellation);

    /// <summary>Runs a script that asks for things while it runs: each line it prints that begins with <c>?</c> is answered with a line.</summary>
    /// <param name="script">Its file name.</param>
    /// <param name="arguments">After the script's name.</param>
    /// <param name="answer">What to say to a question (without the <c>?</c>).</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>What it printed besides.</returns>
    /// <exception cref="InvalidOperationException">It ended with an error; the message has what it said.</exception>
    public async Task<string> TalkAsync(string script, IReadOnlyList<string> arguments, Func<string, Task<string>> answer, CancellationToken cancellation = default)
    {
        using var process = Process.Start(Info(Find("node")!, [script, .. arguments], _folder))!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        StringBuilder said = new();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
            {
                if (line.StartsWith('?'))
                    await process.StandardInput.WriteLineAsync(await answer(line[1..]));
                else
                    said.AppendLine(line);
            }
            await process.WaitForExitAsync(cancellation);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return process.ExitCode == 0 ? said.ToString() : throw new InvalidOperationException($"{script} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}{said}");
    }

    private static ProcessStartInfo Info(string program, IReadOnlyList<string> arguments, string folder) =>
        new(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string folder, string input, CancellationToken cancellation)
    {
        using var process = Process.Start(Info(program, arguments, folder))!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}{await output}");
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => OperatingSystem.IsWindows() ? new[] { Path.Combine(folder, program + ".exe"), Path.Combine(folder, program + ".cmd") } : [Path.Combine(folder, program)])
        .FirstOrDefault(File.Exists);
}
