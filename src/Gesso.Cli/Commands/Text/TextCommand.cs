using System.CommandLine;

namespace Gesso.Cli.Commands.Text;

/// <summary><c>gesso text</c>: exact words in pictures, without a model.</summary>
internal static class TextCommand
{
    public static Command Create() => new("text", "Lay exact text into pictures, change it afterwards, and check it. No model is needed.")
    {
        RenderText.Create(),
        EditText.Create(),
        VerifyText.Create(),
    };
}
