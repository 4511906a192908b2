namespace Orleans;

/// <summary>A grain that is named by a string, compared ordinally. Empty keys and keys of white space only are refused.</summary>
public interface IGrainWithStringKey : IGrain;
