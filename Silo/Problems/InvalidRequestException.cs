namespace Headgate.Silo.Problems;

/// <summary>A request with fields that cannot be: answered with 400, each field by name.</summary>
internal sealed class InvalidRequestException(Dictionary<string, string[]> errors)
    : Exception("The request has fields that cannot be: " + string.Join(", ", errors.Keys) + ".")
{
    /// <summary>For each field a sentence: its value and what is allowed.</summary>
    public Dictionary<string, string[]> Errors => errors;
}
