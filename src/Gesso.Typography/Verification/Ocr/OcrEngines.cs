using Gesso.Contracts.Errors;
using Gesso.Typography.Verification.StrayText;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>The engines of this machine, opened when a script first needs them: Tesseract, and PP-OCRv4 for Han. Not for several threads at once.</summary>
public sealed class OcrEngines(OcrModels models) : IDisposable
{
    private readonly Dictionary<OcrScript, ILineReader> _readers = [];
    private PpOcrRecognizer? _recognizer;
    private PpOcrDetector? _detector;

    public OcrEngines()
        : this(OcrModels.Default)
    {
    }

    /// <exception cref="GessoException">Unavailable, with the package or command that brings the engine.</exception>
    public ILineReader For(OcrScript script)
    {
        if (!_readers.TryGetValue(script, out var reader))
        {
            reader = OcrScriptProfile.Of(script).ReadByPpOcr ? _recognizer ??= new PpOcrRecognizer(models) : TesseractReader.For(script);
            _readers.Add(script, reader);
        }
        return reader;
    }

    /// <summary>Why a script cannot be read here; null: it can.</summary>
    public string? Missing(OcrScript script)
    {
        try
        {
            _ = For(script);
            return null;
        }
        catch (GessoException e) when (e.Kind == ErrorKind.Unavailable)
        {
            return e.Message;
        }
    }

    /// <summary>Looks for text that nobody asked for.</summary>
    /// <exception cref="GessoException">Unavailable: the models of PP-OCRv4 are missing.</exception>
    public StrayTextScan StrayText() => new(_detector ??= new PpOcrDetector(models), _recognizer ??= new PpOcrRecognizer(models));

    public void Dispose()
    {
        _recognizer?.Dispose();
        _detector?.Dispose();
    }
}
