namespace Headgate.Silo.Storage.Engines;

internal static class ExceptionCauses
{
    /// <summary>The exception and what it came from, outermost first.</summary>
    public static IEnumerable<Exception> Causes(this Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
