namespace Headgate.Connector.Drills;

/// <summary>The drill could not be carried out. The message says why and what to do.</summary>
public sealed class DrillFailedException(string sentence, Exception? inner = null) : Exception(sentence, inner);
