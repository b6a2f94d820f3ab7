using Gesso.Contracts.Errors;

namespace Gesso.Training.Kohya;

/// <summary>kohya's file of prompts for previews: one a line, <c>#</c> for comments, options behind <c> --</c>.</summary>
public static class KohyaPrompts
{
    /// <returns>The prompts; their options are the model's own when Gesso draws.</returns>
    /// <exception cref="GessoException"><c>prompts_unreadable</c></exception>
    public static IReadOnlyList<string> Read(string file)
    {
        try
        {
            return [.. File.ReadLines(file)
                .Select(line => line.Trim())
                .Where(line => line.Length > 0 && !line.StartsWith('#'))
                .Select(line => line.Split(" --")[0].Trim())
                .Where(prompt => prompt.Length > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("prompts_unreadable", $"--sample_prompts: {file} cannot be read: {e.Message}", e);
        }
    }
}
