namespace Gesso.Cli.Commands;

/// <summary>How this program was started, to start it again.</summary>
internal static class Invocation
{
    /// <summary>The executable, or <c>dotnet</c> and the assembly.</summary>
    public static (string Program, IReadOnlyList<string> Arguments) OfThisProgram()
    {
        string process = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this process is unknown.");
        string name = Path.GetFileNameWithoutExtension(process);
        return name.Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? (process, [Path.Combine(AppContext.BaseDirectory, typeof(Invocation).Assembly.GetName().Name + ".dll")])
            : (process, []);
    }
}
