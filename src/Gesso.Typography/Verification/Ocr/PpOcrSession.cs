using Gesso.Contracts.Errors;
using Microsoft.ML.OnnxRuntime;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>Opens a network of PP-OCR on the CPU.</summary>
internal static class PpOcrSession
{
    public static InferenceSession Open(string path)
    {
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            return new InferenceSession(path, options);
        }
        catch (Exception e) when (e is OnnxRuntimeException or DllNotFoundException or TypeInitializationException)
        {
            throw GessoException.Unavailable("onnx_runtime", $"ONNX Runtime cannot open {path}: {e.Message}", e);
        }
    }
}
